// The proleptic Gregorian calendar in plain arithmetic, for years of any sign and size. "Local" is milliseconds since
// 1970-01-01T00:00 on a wall clock somewhere; time-zone.ts turns instants into local time and back.

export const msPerSecond = 1000;
export const msPerMinute = 60 * msPerSecond;
export const msPerHour = 60 * msPerMinute;
export const msPerDay = 24 * msPerHour;

export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** Days from 0001-01-01 to 1970-01-01. */
const epochDays = 719_162;
const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function daysBeforeYear(year: number): number {
  const past = year - 1;
  return 365 * past + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
}

/** Days since 1970-01-01 of a date; a month or day beyond its range carries over. */
export function dayNumber(year: number, month: number, day: number): number {
  const fullYear = year + Math.floor((month - 1) / 12);
  const monthIndex = (((month - 1) % 12) + 12) % 12;
  const leapDay = monthIndex > 1 && isLeapYear(fullYear) ? 1 : 0;
  return daysBeforeYear(fullYear) + daysBeforeMonth[monthIndex]! + leapDay + day - 1 - epochDays;
}

/** Local time of these parts; any of them may be out of its range and carries over. */
export function localTime({ year, month, day, hour, minute, second, millisecond }: CivilTime): number {
  return dayNumber(year, month, day) * msPerDay + hour * msPerHour + minute * msPerMinute + second * msPerSecond + millisecond;
}

export function civilTime(local: number): CivilTime {
  const days = Math.floor(local / msPerDay);
  const rest = local - days * msPerDay;
  const year = yearOfDay(days);
  const { month, day } = monthOfDay(year, days - dayNumber(year, 1, 1));
  return {
    year,
    month,
    day,
    hour: Math.floor(rest / msPerHour),
    minute: Math.floor(rest / msPerMinute) % 60,
    second: Math.floor(rest / msPerSecond) % 60,
    millisecond: rest % msPerSecond,
  };
}

function yearOfDay(days: number): number {
  let year = Math.floor((days + epochDays) / 365.2425) + 1;
  while (dayNumber(year, 1, 1) > days) year -= 1;
  while (dayNumber(year + 1, 1, 1) <= days) year += 1;
  return year;
}

function monthOfDay(year: number, dayOfYear: number): { readonly month: number; readonly day: number } {
  let month = 1;
  let rest = dayOfYear;
  while (rest >= daysInMonth(year, month)) {
    rest -= daysInMonth(year, month);
    month += 1;
  }
  return { month, day: rest + 1 };
}

/** 1 to 366. */
export function dayOfYear(local: number): number {
  const days = Math.floor(local / msPerDay);
  return days - dayNumber(yearOfDay(days), 1, 1) + 1;
}

/** 1 (Sunday) to 7 (Saturday). */
export function dayOfWeek(local: number): number {
  return mod(Math.floor(local / msPerDay) + 4, 7) + 1;
}

/** 1 (Monday) to 7 (Sunday). */
export function isoDayOfWeek(local: number): number {
  return mod(Math.floor(local / msPerDay) + 3, 7) + 1;
}

/** Week of the year, 0 to 53; weeks begin on Sunday, days before the first Sunday are in week 0. */
export function weekOfYear(local: number): number {
  return Math.floor((dayOfYear(local) + 6 - (dayOfWeek(local) - 1)) / 7);
}

/** ISO 8601: the week belongs to the year in which its Thursday lies. */
export function isoWeek(local: number): { readonly year: number; readonly week: number } {
  const thursday = local + (4 - isoDayOfWeek(local)) * msPerDay;
  return { year: civilTime(thursday).year, week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}

/** Days since 1970-01-01 of a day of an ISO week; week and day may be out of their range. */
export function isoDayNumber(isoWeekYear: number, week: number, weekday: number): number {
  const fourth = dayNumber(isoWeekYear, 1, 4);
  return fourth - (isoDayOfWeek(fourth * msPerDay) - 1) + (week - 1) * 7 + (weekday - 1);
}

/** The remainder that is never negative. */
export function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
