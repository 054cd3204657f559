import type { Cidr } from '../../domain/cidr.ts';
import { cidrText, narrowerOf } from '../../domain/cidr.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { MarkPlan } from '../plan.ts';

/** A network that this host is a part of, and by which device. */
export interface OwnNetwork {
  readonly device: string;
  readonly network: Cidr;
}

/** SM1514: a protected network and one of this host's own overlap: who is there is not reached any more. */
export function checkOwnNetworks(plan: MarkPlan, own: readonly OwnNetwork[]): Diagnostic[] {
  const others = own.filter(({ device }) => device !== plan.interface);
  return plan.protect.flatMap(({ network, origin }) =>
    others.flatMap((here) => {
      const common = narrowerOf(network, here.network);
      if (common === undefined || plan.unprotected.some((except) => holds(except, common))) return [];
      return [
        {
          code: 'SM1514',
          labels: [
            {
              span: origin,
              text: `has hosts of ${cidrText(here.network)} in it, which is on ${here.device}`,
            },
          ],
          detail: `What this host sends there, or forwards, would be dropped: it leaves by ${here.device} and not by ${plan.interface}.`,
          help: `leave it out:\nprotect: { networks: [${cidrText(network)}], except: [${cidrText(common)}] }`,
        },
      ];
    }),
  );
}

function holds(network: Cidr, other: Cidr): boolean {
  return narrowerOf(network, other)?.prefix === other.prefix;
}
