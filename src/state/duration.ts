const FORM = /^([0-9]{1,5})(s|m|h)?$/;
const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Seconds of `90`, `90s`, `2m` or `1h`; undefined for what is none, or nothing. */
export function toDuration(text: string): number | undefined {
  const [, digits, unit = 's'] = FORM.exec(text) ?? [];
  const seconds = Number(digits) * SECONDS[unit as keyof typeof SECONDS];
  return seconds > 0 ? seconds : undefined;
}

/** `1 h 2 min`, `2 min 5 s`, `0 s`: two units at most. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first === -1 ? -1 : first).slice(0, 2);
  return shown
    .filter(([count], index) => count > 0 || (index === 0 && shown.length === 1))
    .map(([count, unit]) => `${String(count)} ${unit}`)
    .join(' ');
}
