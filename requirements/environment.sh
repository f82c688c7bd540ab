#!/bin/sh
# environment.sh FOLDER NAME…: make the virtual environment FOLDER if need be, and install requirements/NAME.txt into it.
# PYTHON names the interpreter; without it the first of the usual names that is new enough is taken.
set -eu
here=$(dirname "$0")
. "$here/apt.sh"
folder=$1
shift

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    echo "Python 3.11 or later is needed; ${PYTHON:-python3} is not one." >&2
    echo "Install it (apt-get install python3 on Debian 12, Ubuntu 24.04 or later), or name it:  make PYTHON=/path/to/python3.11 …" >&2
    return 1
}

if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then # Missing, broken off, or its Python is gone.
    python=$(find_python)
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then # Debian keeps these in a package of their own.
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    "$python" -m venv --clear "$folder" || {
        echo "No environment could be made in $folder. To make it elsewhere:  make VENV=/folder/of/yours …" >&2
        exit 1
    }
fi

# Every file is checked against the hash in the lock, what builds a source package too, hence no isolated builds.
for name in build "$@"; do
    echo "Installing requirements/$name.txt into $folder …" >&2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes \
        -r "$here/$name.txt"
done
