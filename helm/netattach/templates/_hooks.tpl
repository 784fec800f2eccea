{{/* Annotations of what a hook consists of; called with a dict of the events and a weight. The roles come
     before the Job that has them, and what an earlier run has left is removed first. */}}
{{- define "netattach.hook" -}}
helm.sh/hook: {{ .events }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Where the pods of hooks run and as whom: as the controller's, without any privilege. Called with the root
     context. */}}
{{- define "netattach.hookPod" -}}
automountServiceAccountToken: true
restartPolicy: Never
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ quote . }}
  {{- end }}
{{- end }}
{{- with .Values.controller.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.controller.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.controller.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
volumes:
  # For what the JVM unpacks and maps.
  - name: tmp
    emptyDir:
      sizeLimit: 32Mi
{{- end }}

{{/* The container of a hook but for its name and arguments; called with the root context. */}}
{{- define "netattach.hookContainer" -}}
{{ include "netattach.image" . }}
# Why it failed is then in kubectl describe pod, too.
terminationMessagePolicy: FallbackToLogsOnError
resources:
  {{- toYaml .Values.hooks.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- end }}

{{/* What a Job of a hook is bounded by. Exit code 1 has said what is wrong, which a second run will not change;
     a pod that was evicted or killed is made again. */}}
{{- define "netattach.hookJob" -}}
backoffLimit: 2
podFailurePolicy:
  rules:
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
    - action: FailJob
      onExitCodes:
        operator: In
        values: [1]
{{- end }}
