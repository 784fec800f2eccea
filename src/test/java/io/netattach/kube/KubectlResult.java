package io.netattach.kube;

/**
 * What a run of kubectl gave.
 *
 * @param exitCode 0 for success
 * @param out what it said
 * @param err what it complained about
 */
public record KubectlResult(int exitCode, String out, String err) {}
