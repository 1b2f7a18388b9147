"""What runs the arena on one machine: data folder, ports, embedded servers, children and their supervisor."""
