/** Who sent a packet, as its socket says. A part that is absent is nobody's for a packet, and everybody's for a selector. */
export interface Sender {
  /**
   * Nobody any more: the packet is left of a socket that its program has closed, and conntrack does not know
   * its flow. There is no other part then.
   */
  readonly isStray?: true | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** From the root of the hierarchy of version 2, without a slash in front. */
  readonly cgroup?: string | undefined;
}

/** Whether the kernel can tell it of packets that this host makes, and of no others. */
export function isBySender(sender: Sender): boolean {
  return sender.isStray === true || isBySomebody(sender);
}

export function isBySomebody({ uid, gid, cgroup }: Sender): boolean {
  return uid !== undefined || gid !== undefined || cgroup !== undefined;
}

/** In a cgroup is who is in one below it. */
export function isInCgroup(path: string | undefined, cgroup: string): boolean {
  return path !== undefined && (path === cgroup || path.startsWith(`${cgroup}/`));
}

/** The one of two that is below the other, or the same; undefined where nobody is in both. */
export function narrowerCgroup(one: string, other: string): string | undefined {
  if (isInCgroup(one, other)) return one;
  return isInCgroup(other, one) ? other : undefined;
}

/** `by user 1000`, `by group 100`, `in cgroup backup`: each that there is. */
export function senderWords({ isStray, uid, gid, cgroup }: Sender): string[] {
  return [
    ...(isStray === true ? ['left of a closed socket'] : []),
    ...(uid === undefined ? [] : [`by user ${String(uid)}`]),
    ...(gid === undefined ? [] : [`by group ${String(gid)}`]),
    ...(cgroup === undefined ? [] : [`in cgroup ${cgroup}`]),
  ];
}
