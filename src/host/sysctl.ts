/** The switch of a device, or of all of them. sysctl takes a dot inside a name as a slash. */
export function deviceSwitch(device: string, name: string): string {
  return `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`;
}

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
