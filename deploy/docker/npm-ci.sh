#!/bin/sh
# npm ci as an image's build needs it. Where a company's network stands in between, the build is given two secrets: `ca`, the
# certificates to trust beside the usual ones, and `npmrc`, with the registry and who may use it. Neither stays in an image.
set -eu
if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi
if [ -s /run/secrets/npmrc ]; then export NPM_CONFIG_USERCONFIG=/run/secrets/npmrc; fi
# No package's own scripts: what is needed of them comes with the base image (Node) or is for development (Postgres).
exec npm ci --ignore-scripts --no-audit --no-fund "$@"
