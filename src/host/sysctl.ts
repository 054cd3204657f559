/** The text of `sysctl KEY...`, `key = value` lines. Every value but 0 is on. */
export function parseSysctls(text: string): Map<string, boolean> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => {
        const [key = '', value = ''] = line.split('=').map((part) => part.trim());
        return [key, value !== '0'];
      }),
  );
}
