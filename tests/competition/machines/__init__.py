"""The Lifecycle machine: clones live through grants, auditions, refunds, moderation, the queue and the Arena."""
