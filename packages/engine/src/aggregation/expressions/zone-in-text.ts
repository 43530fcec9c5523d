// Time zones as a date's text writes them: an offset, the letter of a military zone, or a common abbreviation.
// Source: the manual's page "$dateFromString". An identifier such as Europe/London belongs in the timezone argument.
import { msPerHour, msPerMinute } from './calendar.js';
import { utc, type TimeZone } from './time-zone.js';

const hoursOfAbbreviation: ReadonlyMap<string, number> = new Map(
  Object.entries({
    UTC: 0, GMT: 0, WET: 0, WEST: 1, BST: 1, CET: 1, CEST: 2, MET: 1, MEST: 2, EET: 2, EEST: 3, MSK: 3, JST: 9,
    AST: -4, ADT: -3, EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7, AKST: -9, AKDT: -8, HST: -10,
  }),
);

/** J is the observer's own time, and so no zone. */
const lettersEast = 'ABCDEFGHIKLM';
const lettersWest = 'NOPQRSTUVWXY';

const abbreviations = [...hoursOfAbbreviation.keys()].toSorted((a, b) => b.length - a.length).join('|');
const offset = String.raw`[+-]\d{1,2}(?::?\d{2})?`;

/** What `zoneInText` reads, for expressions that ignore case. */
export const zoneInTextPattern = String.raw`(?:(?:GMT|UTC)?${offset}|(?:${abbreviations}|[A-IK-Z])(?![A-Za-z]))`;

export function fixedZone(offsetInMs: number): TimeZone {
  return { isUtc: false, offsetAt: () => offsetInMs };
}

export function zoneInText(text: string): TimeZone {
  const [, sign, hours, minutes] = /([+-])(\d{1,2}):?(\d{2})?$/.exec(text) ?? [];
  if (sign !== undefined) {
    const distance = Number(hours) * msPerHour + Number(minutes ?? 0) * msPerMinute;
    return fixedZone(sign === '-' ? -distance : distance);
  }
  const name = text.trim().toUpperCase();
  const hoursAhead = hoursOfAbbreviation.get(name) ?? hoursOfLetter(name);
  return hoursAhead === 0 ? utc : fixedZone(hoursAhead * msPerHour);
}

function hoursOfLetter(letter: string): number {
  return lettersEast.indexOf(letter) + 1 - (lettersWest.indexOf(letter) + 1);
}
