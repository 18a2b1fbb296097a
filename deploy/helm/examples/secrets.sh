#!/usr/bin/env bash
# Makes the Secrets that the chart and the examples read, each password at random. All of them, once: where one is there already, nothing is
# made, since a new password would not fit an old one.
#   SMTP_URL='smtp://wallet:password@mail.example.com:587' bash secrets.sh [namespace of the programs] [namespace of the stores]
# With E the hint at the end of a broken run is printed from within functions, too.
set -Eeuo pipefail
programs=${1:-wallet}
stores=${2:-wallet-stores}
logins_of_redis=$(dirname "$0")/../../redis/users.acl
: "${SMTP_URL:?where mail is handed in}"
of_programs=(smart-wallet-migrate smart-wallet-gateway smart-wallet-workers smart-wallet-engine smart-wallet-audit)
of_stores=(wallet-postgres-owner wallet-nats wallet-redis wallet-redis-acl wallet-rabbitmq-workers)

random() { openssl rand -hex 24; }

# Those that are there, as `kubectl delete` takes them. A cluster that does not answer ends this, and is not taken for an empty one.
there() {
  local namespace=$1
  shift
  kubectl get secret "$@" --namespace "$namespace" --ignore-not-found --output name
}

# namespace name type key=value … : over stdin, so that no value stands in a list of processes.
secret() {
  local namespace=$1 name=$2 type=$3 pair
  shift 3
  {
    printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: %s\nstringData:\n' "$name" "$type"
    for pair; do printf '  %s: "%s"\n' "${pair%%=*}" "${pair#*=}"; done
  } | kubectl create --namespace "$namespace" -f -
}

found=$(there "$programs" "${of_programs[@]}")
found_of_stores=$(there "$stores" "${of_stores[@]}")
if [ -n "$found$found_of_stores" ]; then
  {
    echo "Some are there already, and new passwords would not fit them:"
    for each in $found; do echo "  kubectl delete $each --namespace $programs"; done
    for each in $found_of_stores; do echo "  kubectl delete $each --namespace $stores"; done
    echo "Left by a run that broke off before a store was started with them? Delete them so, and run this again."
    echo "Otherwise they are in use: to change one, see deploy/SECURITY.md."
  } >&2
  exit 1
fi
trap 'echo "Broken off: run this again, and it says what to delete first." >&2' ERR

of_owner=$(random) of_engine=$(random) of_gateway=$(random) of_workers=$(random) of_audit=$(random)
nats_engine=$(random) nats_gateway=$(random) nats_route=$(random)
redis_admin=$(random) redis_engine=$(random) redis_gateway=$(random)
rabbitmq=$(random)

logins=$(<"$logins_of_redis")
logins=${logins//ADMIN_PASSWORD/$redis_admin}
logins=${logins//ENGINE_PASSWORD/$redis_engine}
logins=${logins//GATEWAY_PASSWORD/$redis_gateway}
# Lines as YAML writes them in quotes.
line_end='\n'
logins=${logins//$'\n'/$line_end}$line_end
secret "$stores" wallet-postgres-owner kubernetes.io/basic-auth username=wallet "password=$of_owner"
routes=
for server in 0 1 2; do
  routes+="${routes:+,} 'tls://route:$nats_route@wallet-nats-$server.wallet-nats-headless:6222'"
done
secret "$stores" wallet-nats Opaque "site.conf=NATS_ENGINE_PASSWORD: '$nats_engine'\\nNATS_GATEWAY_PASSWORD: '$nats_gateway'\\n" \
  "routes.conf=authorization { user: route, password: '$nats_route' }\\nroutes: [$routes ]\\n"
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
secret "$programs" smart-wallet-engine Opaque "DATABASE_URL=$(database wallet_engine "$of_engine")" \
  "REDIS_URL=$(redis engine "$redis_engine")" "NATS_URL=$(nats engine "$nats_engine")"
secret "$programs" smart-wallet-audit Opaque "AUDIT_DATABASE_URL=$(database wallet_audit "$of_audit")"
