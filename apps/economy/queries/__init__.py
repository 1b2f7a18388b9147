"""What others may read of economy, as values."""
