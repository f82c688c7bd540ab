# Sourced: apt_install PACKAGE… installs Debian packages, or says how to, and fails.
apt_install() {
    if ! command -v apt-get >/dev/null; then
        echo "Needed on this machine, and there is no apt-get to install it with: $*" >&2
        return 1
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=sudo # It may ask for a password where there is somebody to ask.
    else
        echo "Needed on this machine: $*" >&2
        echo "Install it as root, then try again:  apt-get install --no-install-recommends $*" >&2
        return 1
    fi
    echo "Installing by apt-get: $*" >&2
    # A list of packages that is missing or old is the usual reason for the first try to fail.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 || {
        $as_root apt-get update -qq &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
    } || {
        echo "That failed. See why:  ${as_root:+sudo }apt-get install --no-install-recommends $*" >&2
        return 1
    }
}
