// How results look to people: tables without frames, sizes and times in words.
import type { Database, QuotaLevel, WriteBlock } from '@freehold/api';
import Table from 'cli-table3';

const noFrame = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
};

/** A table with a heading line; `whenEmpty` stands in for one without rows. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], whenEmpty: string): string {
  if (rows.length === 0) return whenEmpty;
  const built = new Table({ head: headings.map((heading) => heading.toUpperCase()), chars: noFrame, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } });
  built.push(...rows.map((row) => [...row]));
  return built.toString().split('\n').map((line) => line.trimEnd()).join('\n');
}

/** Names and values, one a line. */
export function fields(values: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const shown = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`).join('\n');
}

export function megabytes(size: number): string {
  return size >= 1024 ? `${(size / 1024).toFixed(1)} GB` : `${size.toFixed(size < 10 ? 1 : 0)} MB`;
}

/** An RFC 3339 time as people of a terminal read it: local date and minute. */
export function when(time: string): string {
  const date = new Date(time);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const levelWords: Readonly<Record<QuotaLevel, string>> = { normal: '', above_80_percent: ' (over 80 % full)', above_95_percent: ' (over 95 % full)', exceeded: ' (exceeded)' };

const blockWords: Readonly<Record<WriteBlock, string>> = {
  suspended: 'no: its owner\'s account is disabled',
  moved: 'no: its data was moved; it can be read until the move cannot be taken back any more',
  quota_exceeded: 'no: over its quota; it can be read and emptied',
  moving: 'not always: it is being moved',
};

/** Whether a database can be written to, and why not; undefined: it can. */
export function writableWords({ write_block: block }: Pick<Database, 'write_block'>): string | undefined {
  return block === null ? undefined : blockWords[block];
}

/** The quota of a database, and how full it was found. */
export function quotaWords({ quota_mb: quotaMb, quota_level: level }: Pick<Database, 'quota_mb' | 'quota_level'>): string {
  return (quotaMb === null ? 'none' : megabytes(quotaMb)) + levelWords[level];
}
