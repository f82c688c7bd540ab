#!/bin/sh
# install.sh: install the servers that the tests start themselves, where the machine lacks them.
set -eu
. "$(dirname "$0")/../../requirements/apt.sh"

# PostgreSQL is not among them: its programs come with the Python packages where the machine has none of its own.
ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >/dev/null 2>&1 || apt_install rabbitmq-server
