#!/usr/bin/env bash
# Makes the Secrets that the chart and the examples read, each password at random. What is there already is left as it is.
#   SMTP_URL='smtps://wallet:password@mail.example.com:465' bash secrets.sh [namespace of the programs] [namespace of the stores]
set -euo pipefail
programs=${1:-wallet}
stores=${2:-wallet-stores}
: "${SMTP_URL:?where mail is handed in}"

random() { openssl rand -hex 24; }

# namespace name type key=value … : over stdin, so that no value stands in a list of processes.
secret() {
  local namespace=$1 name=$2 type=$3 pair
  shift 3
  if kubectl get secret "$name" --namespace "$namespace" >/dev/null 2>&1; then
    echo "$namespace/$name is there: left as it is"
    return
  fi
  {
    printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: %s\nstringData:\n' "$name" "$type"
    for pair; do printf '  %s: "%s"\n' "${pair%%=*}" "${pair#*=}"; done
  } | kubectl create --namespace "$namespace" -f -
}

if kubectl get secret smart-wallet-engine --namespace "$programs" >/dev/null 2>&1; then
  echo "The programs have their Secrets: new passwords would not fit the old ones." >&2
  exit 1
fi

declare -A postgres nats
for role in owner engine gateway workers audit; do postgres[$role]=$(random); done
for user in engine gateway; do nats[$user]=$(random); done
redis=$(random)
rabbitmq=$(random)

secret "$stores" wallet-postgres-owner kubernetes.io/basic-auth username=wallet "password=${postgres[owner]}"
secret "$stores" wallet-nats Opaque \
  "site.conf=NATS_ENGINE_PASSWORD: '${nats[engine]}'\\nNATS_GATEWAY_PASSWORD: '${nats[gateway]}'\\n"
secret "$stores" wallet-redis Opaque "password=$redis"
secret "$stores" wallet-rabbitmq-workers Opaque username=workers "password=$rabbitmq"

database() { echo "postgresql://$1:$2@wallet-postgres-rw.$stores.svc:5432/wallet?sslmode=verify-full"; }
redis_url="redis://:$redis@wallet-redis.$stores.svc:6379"
nats_url() { echo "tls://$1:${nats[$1]}@wallet-nats.$stores.svc:4222"; }

secret "$programs" smart-wallet-migrate Opaque "DATABASE_URL=$(database wallet "${postgres[owner]}")" \
  "WALLET_ENGINE_PASSWORD=${postgres[engine]}" "WALLET_GATEWAY_PASSWORD=${postgres[gateway]}" \
  "WALLET_WORKERS_PASSWORD=${postgres[workers]}" "WALLET_AUDIT_PASSWORD=${postgres[audit]}"
secret "$programs" smart-wallet-gateway Opaque "DATABASE_URL=$(database wallet_gateway "${postgres[gateway]}")" \
  "REDIS_URL=$redis_url" "NATS_URL=$(nats_url gateway)" "GATEWAY_TOKEN_SECRET=$(random)"
secret "$programs" smart-wallet-workers Opaque "DATABASE_URL=$(database wallet_workers "${postgres[workers]}")" \
  "AMQP_URL=amqps://workers:$rabbitmq@wallet-rabbitmq.$stores.svc:5671" "SMTP_URL=$SMTP_URL"
# Last: whoever finds it finds all.
secret "$programs" smart-wallet-engine Opaque "DATABASE_URL=$(database wallet_engine "${postgres[engine]}")" \
  "REDIS_URL=$redis_url" "NATS_URL=$(nats_url engine)"
