// How runs of the reconciler look: a line of progress while they go on, then what differs and what to do about it.
import { driftKinds, type Client, type DriftFinding, type DriftKind, type ReconcileReport, type ReconcileRun } from '@freehold/api';
import type { CommandContext, CommandResult } from './command.js';
import { fields, table, when } from './present.js';

function sum(counts: ReconcileRun['found']): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** What is left as it should not be, or is not known. */
function isInOrder(run: ReconcileRun): boolean {
  return run.state === 'done' && sum(run.found) === sum(run.mended) && run.undecided === 0 && run.unreachable_clusters.length === 0;
}

function progressOf(run: ReconcileRun): string {
  return `${run.databases} databases, ${run.apps} apps and ${run.mongo_users} MongoDB users looked at, ${sum(run.found)} differences`;
}

function subjectOf(finding: DriftFinding): string {
  const parts = { cluster: finding.cluster_id, user: finding.user_id, database: finding.database_id, 'MongoDB user': finding.mongo_username, app: finding.app_id, operation: finding.operation_id };
  return Object.entries(parts).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`])).join(', ') || 'the platform';
}

function text(report: ReconcileReport): string {
  const summary = fields({
    run: report.id, state: report.dry_run ? `${report.state} (dry run)` : report.state, 'looked at': `${report.databases} databases, ${report.apps} apps, ${report.mongo_users} MongoDB users`,
    unknown: report.undecided === 0 ? null : `${report.undecided} databases`, 'without an answer': report.unreachable_clusters.join(', ') || null,
    started: when(report.created_at), ended: report.ended_at === null ? null : when(report.ended_at),
  });
  const kinds = Object.entries(report.found) as [DriftKind, number][];
  const byKind = table(['difference', 'found', 'mended', 'meaning', report.dry_run ? 'what a run would do' : 'what is done'], kinds.map(([kind, found]) => [kind, String(found), String(report.mended[kind] ?? 0), driftKinds[kind].meaning, driftKinds[kind].remedy]), 'Nothing differs.');
  const { items, total } = report.findings;
  if (items.length === 0) return `${summary}\n\n${byKind}`;
  const each = table(['difference', 'about', 'details', 'mended'], items.map((finding) => [finding.kind, subjectOf(finding), JSON.stringify(finding.details), finding.is_mended ? 'yes' : 'no']), '');
  return `${summary}\n\n${byKind}\n\n${each}${total > items.length ? `\n\n${total - items.length} more: --limit ${total}` : ''}`;
}

const pageSize = 100;

/** The run with as many of its differences as are wanted. */
export async function showReconcile(client: Client, id: string, limit: number): Promise<CommandResult> {
  const first = await client.reconcile.get({ id, limit: Math.min(limit, pageSize) });
  const items = [...first.findings.items];
  while (items.length < Math.min(limit, first.findings.total)) {
    // Page after page: each begins where the last one ended.
    const { findings } = await client.reconcile.get({ id, limit: Math.min(limit - items.length, pageSize), offset: items.length });
    if (findings.items.length === 0) break;
    items.push(...findings.items);
  }
  const report = { ...first, findings: { ...first.findings, items } };
  return { data: report, text: text(report), exit: isInOrder(report) ? 'ok' : 'incomplete' };
}

/** Follows a run to its end. Ctrl-C ends the following, not the run. */
export async function followReconcile(context: CommandContext, client: Client, id: string): Promise<void> {
  for await (const run of client.reconcile.events({ id })) {
    if (run.state === 'running' && context.isInteractive) context.print(progressOf(run));
  }
}
