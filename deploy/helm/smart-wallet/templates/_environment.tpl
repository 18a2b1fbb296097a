{{/*
The variables of (list $ .Values.gateway): those of all programs, the program's own, and where each secret lies.
Numbers arrive as floats, which would be written as 1e+06.
*/}}
{{- define "smart-wallet.environment" -}}
{{- $root := index . 0 -}}
{{- $program := index . 1 -}}
{{- range $name, $value := merge (dict) ($program.config | default dict) $root.Values.config }}
- name: {{ $name }}
  value: {{ ternary (toString (int64 $value)) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- range $name := $program.secret.keys }}
- name: {{ $name }}_FILE
  value: /run/secrets/smart-wallet/{{ $name }}
{{- end }}
{{- with $root.Values.caBundle }}
{{- if or .configMap .secret }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/smart-wallet/ca/{{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of a program that runs once and ends: what all read, and its secrets. */}}
{{- define "smart-wallet.jobEnvironment" -}}
{{- $root := index . 0 -}}
{{- range $variable := list "WALLET_ENV" "ALLOW_PLAINTEXT" }}
{{- with get $root.Values.config $variable }}
- name: {{ $variable }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- range (index . 1).secret.keys }}
- name: {{ . }}_FILE
  value: /run/secrets/smart-wallet/{{ . }}
{{- end }}
{{- with $root.Values.caBundle }}
{{- if or .configMap .secret }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/smart-wallet/ca/{{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "smart-wallet.volumeMounts" -}}
{{- $root := index . 0 -}}
- name: secrets
  mountPath: /run/secrets/smart-wallet
  readOnly: true
{{- with $root.Values.caBundle }}
{{- if or .configMap .secret }}
- name: ca
  mountPath: /etc/smart-wallet/ca
  readOnly: true
{{- end }}
{{- end }}
{{- end }}

{{/* Only the keys that are named: what else lies in the Secret is not this program's. */}}
{{- define "smart-wallet.volumes" -}}
{{- $root := index . 0 -}}
{{- $secret := (index . 1).secret -}}
- name: secrets
  secret:
    secretName: {{ $secret.name }}
    defaultMode: 0440
    items:
    {{- range $secret.keys }}
      - key: {{ . }}
        path: {{ . }}
    {{- end }}
{{- with $root.Values.caBundle }}
{{- if .configMap }}
- name: ca
  configMap:
    name: {{ .configMap }}
    items:
      - key: {{ .key }}
        path: {{ .key }}
{{- else if .secret }}
- name: ca
  secret:
    secretName: {{ .secret }}
    items:
      - key: {{ .key }}
        path: {{ .key }}
{{- end }}
{{- end }}
{{- end }}
