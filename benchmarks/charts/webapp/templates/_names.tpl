{{- define "webapp.name" -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "webapp.selector" -}}
app.kubernetes.io/name: {{ include "webapp.name" . }}
{{- end }}

{{- define "webapp.labels" -}}
{{ include "webapp.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "webapp.account" -}}
{{ .Values.serviceAccount.name | default (include "webapp.name" .) }}
{{- end }}
