{{/* Labels that select the pods of a component; called with its name. */}}
{{- define "netattach.selector" -}}
app.kubernetes.io/name: netattach
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* Labels of every object; called with a dict of component and the root context. */}}
{{- define "netattach.labels" -}}
{{ include "netattach.selector" .component }}
app.kubernetes.io/part-of: netattach
app.kubernetes.io/version: {{ .root.Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* The image of both containers. */}}
{{- define "netattach.image" -}}
{{- $version := printf ":%s" (.Values.image.tag | default .Chart.AppVersion) }}
{{- with .Values.image.digest }}
{{- $version = printf "@%s" . }}
{{- end -}}
image: {{ printf "%s%s" .Values.image.repository $version | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- /* The folders of the node in which the container runtime may have its socket, with names of volumes. */}}
{{- define "netattach.runtimeFolders" -}}
{{- if .Values.podTargets.runtimeSocket }}
- {name: runtime, path: {{ dir .Values.podTargets.runtimeSocket | quote }}}
{{- else }}
- {name: containerd, path: /run/containerd}
- {name: crio, path: /run/crio}
- {name: k3s-containerd, path: /run/k3s/containerd}
{{- end }}
{{- end }}
