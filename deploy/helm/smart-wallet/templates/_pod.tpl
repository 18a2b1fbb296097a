{{/* What every pod is allowed: nothing. */}}
{{- define "smart-wallet.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.userId }}
runAsGroup: {{ .Values.podSecurity.groupId }}
fsGroup: {{ .Values.podSecurity.groupId }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "smart-wallet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The upper part of the spec of a pod of (list $ .Values.gateway). */}}
{{- define "smart-wallet.podSpec" -}}
{{- $root := index . 0 -}}
{{- $program := index . 1 -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "smart-wallet.podSecurity" $root | nindent 2 }}
{{- with $program.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $program.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $program.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Over nodes and zones, and each version by itself: during an upgrade the old pods do not push the new ones together. */}}
{{- define "smart-wallet.spread" -}}
{{- $selector := include "smart-wallet.selector" . -}}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- $selector | nindent 8 }}
{{- end }}
{{- end }}

{{/* A new one is ready before an old one goes. */}}
{{- define "smart-wallet.rollout" -}}
revisionHistoryLimit: 5
strategy:
  type: RollingUpdate
  rollingUpdate:
    maxSurge: 1
    maxUnavailable: 0
{{- end }}

{{/*
/health/live says that the process runs, whatever server is away: only a process that answers nothing for a minute is ended.
Before a program has found its servers it may not even listen (a gateway waits for Postgres): so the start may take a day, and
is no reason to start again, either.
*/}}
{{- define "smart-wallet.healthProbes" -}}
startupProbe:
  httpGet: { path: /health/live, port: {{ . }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 43200
livenessProbe:
  httpGet: { path: /health/live, port: {{ . }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
