"""What operations does: relaying queued work, keeping beat's schedule, answering for workers."""
