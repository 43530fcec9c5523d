// What the commands that move a database have in common: how it is done, and for how long it can be taken back.
import { maximumBackOutSeconds } from '@freehold/api';
import type { OptionDefinition, OptionValues } from './command.js';
import { CommandFailure } from './failures.js';

const mostHours = maximumBackOutSeconds / 3600;

export const moveOptions = {
  online: { flags: '--online', description: 'let clients go on writing while it is copied; they are refused for a moment at the end, and have to try again' },
  backOutHours: { flags: '--back-out-hours <hours>', description: `how long it can be taken back, from 0 to ${mostHours}; default: 24` },
} as const satisfies Readonly<Record<string, OptionDefinition>>;

export interface MoveWish {
  readonly mode: 'online' | 'offline';
  readonly back_out_seconds?: number;
}

function secondsOf(text: string): number {
  const hours = text.trim() === '' ? Number.NaN : Number(text);
  if (hours >= 0 && hours <= mostHours) return Math.round(hours * 3600);
  throw new CommandFailure('usage', 'OPTION_INVALID', `\`${text}\` is not a number of hours.`, `Give --back-out-hours a number from 0 to ${mostHours}, such as 48 or 0.5.`);
}

/** Throws CommandFailure: the hours are not a number, or one that is not taken. */
export function moveWishOf({ online, backOutHours }: OptionValues): MoveWish {
  return { mode: online === true ? 'online' : 'offline', ...(typeof backOutHours === 'string' ? { back_out_seconds: secondsOf(backOutHours) } : {}) };
}
