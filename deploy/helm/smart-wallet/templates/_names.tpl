{{/* Before the names of all objects. A pod's name is its engine's name, which has at most 60 characters: 35, -gateway-, and two hashes. */}}
{{- define "smart-wallet.name" -}}
{{- $byDefault := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- .Values.fullnameOverride | default $byDefault | trunc 35 | trimSuffix "-" -}}
{{- end }}

{{/* What a program's pods are found by: (list $ "gateway"). */}}
{{- define "smart-wallet.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "smart-wallet.labels" -}}
{{- $root := index . 0 -}}
{{ include "smart-wallet.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: smart-wallet
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{/* The image of (list $ "gateway" .Values.gateway.image). */}}
{{- define "smart-wallet.image" -}}
{{- $root := index . 0 -}}
{{- $own := index . 2 -}}
{{- $repository := $own.repository | default (printf "%s/%s" $root.Values.image.repository (index . 1)) -}}
{{- if $own.digest -}}
{{ printf "%s@%s" $repository $own.digest }}
{{- else -}}
{{ printf "%s:%s" $repository ($own.tag | default $root.Values.image.tag | default $root.Chart.AppVersion) }}
{{- end -}}
{{- end }}

{{/* What this release is called among others that one Prometheus knows. */}}
{{- define "smart-wallet.platform" -}}
{{ .Release.Namespace }}/{{ .Release.Name }}
{{- end }}

{{/* Rules that look at this release alone, and say so: of (list $ text). Where another one works, what this one lacks is missing all the same. */}}
{{- define "smart-wallet.rulesOfPlatform" -}}
{{- $root := index . 0 -}}
{{- $platform := include "smart-wallet.platform" $root -}}
{{- $deployments := printf "namespace=%q, deployment=~%q" $root.Release.Namespace (printf "%s-(gateway|engine|workers)" (include "smart-wallet.name" $root)) -}}
{{- $audits := printf "namespace=%q, job_name=~%q" $root.Release.Namespace (printf "%s-audit-.*" (include "smart-wallet.name" $root)) -}}
{{- $schedule := printf "namespace=%q, cronjob=%q" $root.Release.Namespace (printf "%s-audit" (include "smart-wallet.name" $root)) -}}
{{- index . 1
  | replace "platform=~\".*\"" (printf "platform=%q" $platform)
  | replace "deployment=~\".*smart-wallet-(gateway|engine|workers)\"" $deployments
  | replace "job_name=~\".*smart-wallet-audit-.*\"" $audits
  | replace "cronjob=~\".*smart-wallet-audit\"" $schedule
  | replace "          severity: " (printf "          platform: %s\n          severity: " $platform)
-}}
{{- end }}
