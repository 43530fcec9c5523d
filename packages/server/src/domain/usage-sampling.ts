// How the past of a size is kept: often for a short time, seldom for a long one (R4.3).

export interface UsageSample {
  readonly at: Date;
  readonly bytes: number;
  readonly documents: number;
}

interface SampleResolution {
  readonly everyMilliseconds: number;
  readonly keptMilliseconds: number;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** The finest first. */
export const sampleResolutions = {
  five_minutes: { everyMilliseconds: 5 * minute, keptMilliseconds: 2 * day },
  hour: { everyMilliseconds: 60 * minute, keptMilliseconds: 14 * day },
  day: { everyMilliseconds: day, keptMilliseconds: 90 * day },
} as const satisfies Record<string, SampleResolution>;

export type SampleResolutionName = keyof typeof sampleResolutions;
export const sampleResolutionNames = Object.keys(sampleResolutions) as readonly SampleResolutionName[];

/** The beginning of the period that a time falls into. */
export function periodOf(time: Date, resolution: SampleResolutionName): Date {
  const { everyMilliseconds } = sampleResolutions[resolution];
  return new Date(Math.floor(time.getTime() / everyMilliseconds) * everyMilliseconds);
}

/** The resolutions that a round of samples belongs to: each keeps the first sample of its periods. */
export function resolutionsDue(previousRoundAt: Date | null, roundAt: Date): readonly SampleResolutionName[] {
  return sampleResolutionNames.filter((name) => previousRoundAt === null || periodOf(previousRoundAt, name) < periodOf(roundAt, name));
}

/** One line from the samples of all resolutions, oldest first: a coarser one is used only for the time before the finer ones begin. */
export function mergeTrend(samples: Readonly<Record<SampleResolutionName, readonly UsageSample[]>>): readonly UsageSample[] {
  let merged: readonly UsageSample[] = [];
  for (const name of sampleResolutionNames) {
    const [earliest] = merged;
    const older = earliest === undefined ? samples[name] : samples[name].filter(({ at }) => at < earliest.at);
    merged = [...older, ...merged];
  }
  return merged;
}

export const bytesPerMegabyte = 1024 * 1024;

/** A size as entries keep it (R6.2): megabytes with three decimals. */
export function sizeInMegabytes(bytes: number): number {
  return Math.round((bytes / bytesPerMegabyte) * 1000) / 1000;
}
