"""RabbitMQ, shared by the services: what is declared there, what a message says, and how each is moved without loss."""
