const number = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const ages = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const NOT_TOLD = "–";

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOT_TOLD : number.format(value);
}

export function share(value: number | null | undefined): string {
  return value === null || value === undefined ? NOT_TOLD : `${percent.format(value)} %`;
}

export function date(value: string | null | undefined): string {
  return value ? day.format(new Date(value)) : NOT_TOLD;
}

/** How long ago an instant was, in words. */
export function age(value: string, now: number): string {
  const seconds = Math.min(0, Math.round((Date.parse(value) - now) / 1000));
  if (seconds > -60) return ages.format(seconds, "second");
  if (seconds > -3600) return ages.format(Math.round(seconds / 60), "minute");
  if (seconds > -86400) return ages.format(Math.round(seconds / 3600), "hour");
  return ages.format(Math.round(seconds / 86400), "day");
}

/** An exact amount: never through a floating point number. */
export function money(value: { amount: string; currency?: string | null }): string {
  return `${value.amount} ${value.currency ?? "(currency not told)"}`;
}
