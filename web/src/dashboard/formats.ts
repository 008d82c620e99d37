const number = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
// A calendar day is the same day everywhere.
const calendarDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const month = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
const shortMonth = new Intl.DateTimeFormat(undefined, { month: "short", timeZone: "UTC" });
const ages = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

export const NOT_TOLD = "–";

type Maybe<T> = T | null | undefined;

export function count(value: Maybe<number>): string {
  return value === null || value === undefined ? NOT_TOLD : number.format(value);
}

/** A count with its noun, such as `1 referral` or `2 referrals`. */
export function counted(value: Maybe<number>, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A share in percent, 0 to 100. */
export function share(value: Maybe<number>): string {
  return value === null || value === undefined ? NOT_TOLD : percent.format(value / 100);
}

/** The day of an instant, where the reader is. */
export function date(value: Maybe<string>): string {
  return value ? day.format(new Date(value)) : NOT_TOLD;
}

/** The calendar days on which an interval begins, long and short. */
export const beginnings = {
  DAY: { long: calendarDay, short: shortDay },
  WEEK: { long: calendarDay, short: shortDay },
  MONTH: { long: month, short: shortMonth },
};

/** How long ago an instant was, in words. */
export function age(value: string, now: number): string {
  const seconds = Math.min(0, Math.round((Date.parse(value) - now) / 1000));
  if (seconds > -60) return ages.format(seconds, "second");
  if (seconds > -3600) return ages.format(Math.round(seconds / 60), "minute");
  if (seconds > -86400) return ages.format(Math.round(seconds / 3600), "hour");
  return ages.format(Math.round(seconds / 86400), "day");
}

/** An exact amount: never through a floating point number. */
export function money({ amount, currency }: { amount: string; currency?: string | null }): string {
  const exact = amount as Intl.StringNumericLiteral;
  const format = currency
    ? new Intl.NumberFormat(undefined, { style: "currency", currency })
    : new Intl.NumberFormat(undefined, { minimumFractionDigits: 2 });
  return format.format(exact);
}

/** A word of the schema as people read it, such as `loyalty transactions`. */
export function words(value: string): string {
  return value.toLowerCase().replaceAll("_", " ");
}
