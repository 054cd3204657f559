import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy } from '../policy.ts';

/** SM1311: an entry says the SAref itself, and that the socket does. */
export function checkSocket({ entries }: Policy): Diagnostic[] {
  return entries.flatMap(({ socket, saref }) => {
    if (socket === undefined || saref?.refhim === undefined) return [];
    return [
      {
        code: 'SM1311',
        labels: [
          { span: socket.span, text: 'leaves the SAref to the socket' },
          { span: saref.refhim.span, text: 'and here is one' },
        ],
        help: 'delete one of the two',
      },
    ];
  });
}
