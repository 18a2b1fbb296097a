#!/usr/bin/env bash
# Makes the Secrets that the chart and the examples read, each password at random. What is there already is left as it is.
#   SMTP_URL='smtps://wallet:password@mail.example.com:465' bash secrets.sh [namespace of the programs] [namespace of the stores]
set -euo pipefail
programs=${1:-wallet}
stores=${2:-wallet-stores}
logins_of_redis=$(dirname "$0")/../../redis/users.acl
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

of_owner=$(random) of_engine=$(random) of_gateway=$(random) of_workers=$(random) of_audit=$(random)
nats_engine=$(random) nats_gateway=$(random)
redis_admin=$(random) redis_engine=$(random) redis_gateway=$(random)
rabbitmq=$(random)

# Lines as YAML writes them in quotes.
logins=$(sed -e "s/ADMIN_PASSWORD/$redis_admin/" -e "s/ENGINE_PASSWORD/$redis_engine/" -e "s/GATEWAY_PASSWORD/$redis_gateway/" \
  -e 's/$/\\n/' "$logins_of_redis" | tr -d '\n')
secret "$stores" wallet-postgres-owner kubernetes.io/basic-auth username=wallet "password=$of_owner"
secret "$stores" wallet-nats Opaque "site.conf=NATS_ENGINE_PASSWORD: '$nats_engine'\\nNATS_GATEWAY_PASSWORD: '$nats_gateway'\\n"
secret "$stores" wallet-redis Opaque "password=$redis_admin"
secret "$stores" wallet-redis-acl Opaque "user.acl=$logins"
secret "$stores" wallet-rabbitmq-workers Opaque username=workers "password=$rabbitmq"

database() { echo "postgresql://$1:$2@wallet-postgres-rw.$stores.svc:5432/wallet?sslmode=verify-full"; }
redis() { echo "rediss://$1:$2@wallet-redis.$stores.svc:6379"; }
nats() { echo "tls://$1:$2@wallet-nats.$stores.svc:4222"; }

secret "$programs" smart-wallet-migrate Opaque "DATABASE_URL=$(database wallet "$of_owner")" \
  "WALLET_ENGINE_PASSWORD=$of_engine" "WALLET_GATEWAY_PASSWORD=$of_gateway" \
  "WALLET_WORKERS_PASSWORD=$of_workers" "WALLET_AUDIT_PASSWORD=$of_audit"
secret "$programs" smart-wallet-gateway Opaque "DATABASE_URL=$(database wallet_gateway "$of_gateway")" \
  "REDIS_URL=$(redis gateway "$redis_gateway")" "NATS_URL=$(nats gateway "$nats_gateway")" "GATEWAY_TOKEN_SECRET=$(random)"
secret "$programs" smart-wallet-workers Opaque "DATABASE_URL=$(database wallet_workers "$of_workers")" \
  "AMQP_URL=amqps://workers:$rabbitmq@wallet-rabbitmq.$stores.svc:5671" "SMTP_URL=$SMTP_URL"
# Last: whoever finds it finds all.
secret "$programs" smart-wallet-engine Opaque "DATABASE_URL=$(database wallet_engine "$of_engine")" \
  "REDIS_URL=$(redis engine "$redis_engine")" "NATS_URL=$(nats engine "$nats_engine")"
