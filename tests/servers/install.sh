#!/bin/sh
# install.sh: install the servers and the browser that the tests start themselves, where the machine lacks them.
set -eu
. "$(dirname "$0")/../../requirements/apt.sh"

# PostgreSQL is not among them: its programs come with the Python packages where the machine has none of its own.
ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >/dev/null 2>&1 || apt_install rabbitmq-server

# The pages are looked at in a real browser: chromium without a window of its own takes half the time of one that has it.
command -v chromium-headless-shell >/dev/null || apt_install chromium-headless-shell 2>/dev/null ||
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || apt_install chromium
# Without a Chinese font their texts would be boxes of another width.
[ -n "$(fc-list :lang=zh-cn 2>/dev/null)" ] || apt_install fontconfig fonts-noto-cjk
