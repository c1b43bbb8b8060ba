#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the Debian package of what git tracks, into $BUILD/deb, and holds it against lintian.
set -eu
cd "$(dirname "$0")/../.."
deb=${BUILD:-build}/deb
mkdir -p "$deb"
deb=$(cd "$deb" && pwd)
rm -rf "$deb/wardgate"
rm -f "$deb"/wardgate*.*
mkdir "$deb/wardgate"
# The clone may be another user's than root's.
git -c safe.directory='*' ls-files -z | tar -c --null -T - | tar -x -C "$deb/wardgate"
cd "$deb/wardgate"
# What the caller's make was told is not meant for this one.
unset MAKEFLAGS MAKELEVEL MFLAGS BUILD
dpkg-buildpackage --no-sign --build=binary ${DEB_JOBS:+--jobs=$DEB_JOBS} >"$deb/build.log" 2>&1 || {
	tail -n 30 "$deb/build.log" >&2
	exit 1
}
cd "$deb"
lintian --allow-root --fail-on error,warning wardgate_*.changes
ls "$deb"/wardgate_*.deb
