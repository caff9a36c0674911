"""What a connector is tested with: the contract as one class, a fixture, a store in memory."""
