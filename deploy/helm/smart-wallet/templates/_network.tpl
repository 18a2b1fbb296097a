{{/* A rule of egress to {to, port}; without peers: to anybody, on that port. */}}
{{- define "smart-wallet.to" -}}
- ports:
    - { protocol: TCP, port: {{ .port }} }
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "smart-wallet.toDns" -}}
{{- with .Values.networkPolicy.dns }}
- ports:
    - { protocol: UDP, port: {{ .port }} }
    - { protocol: TCP, port: {{ .port }} }
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "smart-wallet.policyHead" -}}
{{- $root := index . 0 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "smart-wallet.name" $root }}-{{ index . 1 }}
  labels:
    {{- include "smart-wallet.labels" . | nindent 4 }}
{{- end }}
