import { flag, oneOf, setOf } from './codecs/codec.ts';
import { dscp, dscpClass, tos, TOS_FORMS } from './codecs/header.ts';
import {
  addressTypes,
  hostOrNetwork,
  network,
  numberRange,
  portList,
  portRange,
  protocol,
  protocolNumber,
  SYN,
  tcpFlags,
  wholeNetwork,
} from './codecs/network.ts';
import { decimal, hexadecimal, MARK_FORMS, markToMatch, markToSet, wordMask } from './codecs/number.ts';
import { bareName, setLookup, text } from './codecs/text.ts';
import { policyProtocol, zone } from './codecs/special.ts';
import { alias, option } from './option.ts';

/**
 * The words of the language: parser, printer, equality and the generators of random rules read these
 * rows, and the types of the model are inferred from them. Options stand in the order in which
 * iptables-save prints them (the extension's save function in extensions/libxt_NAME.c).
 */

/** What every rule can ask without an extension. */
export const BUILTINS = {
  src: option('-s', network, alias(network, '--source', '--src')),
  dst: option('-d', network, alias(network, '--destination', '--dst')),
  inInterface: option('-i', bareName, alias(bareName, '--in-interface')),
  outInterface: option('-o', bareName, alias(bareName, '--out-interface')),
  protocol: option('-p', protocol, alias(protocol, '--protocol')),
  fragment: option('-f', flag, alias(flag, '--fragments', '--fragment')),
} as const;

const WORD = 0xffffffff;

const sport = option('--sport', portRange, alias(portRange, '--source-port'));
const dport = option('--dport', portRange, alias(portRange, '--destination-port'));
const spis = numberRange(':');
const ids = numberRange('-');
const CONNTRACK_STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const;
/** In the order of the kernel's bits (libxt_CT.c). */
const CONNTRACK_EVENTS = [
  ...(['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark'] as const),
  ...(['natseqinfo', 'secmark'] as const),
];

/** One transform of an IPsec policy; `policy` has as many as there are `--next`. */
const POLICY_ELEMENT = {
  reqid: option('--reqid', decimal(WORD)),
  spi: option('--spi', hexadecimal(1, WORD)),
  proto: option('--proto', policyProtocol),
  mode: option('--mode', oneOf(['transport', 'tunnel'])),
  tunnelDst: option('--tunnel-dst', hostOrNetwork),
  tunnelSrc: option('--tunnel-src', hostOrNetwork),
} as const;

export const MATCHES = {
  addrtype: {
    srcType: option('--src-type', addressTypes),
    dstType: option('--dst-type', addressTypes),
    limitIfaceIn: option('--limit-iface-in', flag),
    limitIfaceOut: option('--limit-iface-out', flag),
  },
  ah: {
    ahspi: option('--ahspi', spis),
    ahlen: option('--ahlen', decimal(WORD)),
    ahres: option('--ahres', flag),
  },
  cgroup: { path: option('--path', text), cgroup: option('--cgroup', decimal(WORD)) },
  comment: { comment: option('--comment', text) },
  connmark: { mark: option('--mark', markToMatch) },
  conntrack: {
    ctstate: option('--ctstate', setOf(CONNTRACK_STATES)),
    ctproto: option('--ctproto', protocolNumber),
    ctorigsrc: option('--ctorigsrc', hostOrNetwork),
    ctorigdst: option('--ctorigdst', hostOrNetwork),
    ctreplsrc: option('--ctreplsrc', hostOrNetwork),
    ctrepldst: option('--ctrepldst', hostOrNetwork),
    ctorigsrcport: option('--ctorigsrcport', portRange),
    ctorigdstport: option('--ctorigdstport', portRange),
    ctreplsrcport: option('--ctreplsrcport', portRange),
    ctrepldstport: option('--ctrepldstport', portRange),
    ctstatus: option('--ctstatus', setOf(['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'])),
    ctexpire: option('--ctexpire', spis),
    ctdir: option('--ctdir', oneOf(['ORIGINAL', 'REPLY'])),
  },
  dscp: { dscp: option('--dscp', dscp, alias(dscpClass, '--dscp-class')) },
  esp: { espspi: option('--espspi', spis) },
  mark: { mark: option('--mark', markToMatch) },
  multiport: {
    sports: option('--sports', portList, alias(portList, '--source-ports')),
    dports: option('--dports', portList, alias(portList, '--destination-ports')),
    ports: option('--ports', portList),
  },
  owner: {
    socketExists: option('--socket-exists', flag),
    uidOwner: option('--uid-owner', ids),
    gidOwner: option('--gid-owner', ids),
    supplGroups: option('--suppl-groups', flag),
  },
  policy: {
    dir: option('--dir', oneOf(['in', 'out'])),
    pol: option('--pol', oneOf(['none', 'ipsec'])),
    strict: option('--strict', flag),
    ...POLICY_ELEMENT,
  },
  set: {
    matchSet: option('--match-set', setLookup, alias(setLookup, '--set')),
    returnNomatch: option('--return-nomatch', flag),
    updateCounters: option('--update-counters', flag),
    updateSubcounters: option('--update-subcounters', flag),
    packetsEq: option('--packets-eq', decimal(Number.MAX_SAFE_INTEGER)),
    packetsLt: option('--packets-lt', decimal(Number.MAX_SAFE_INTEGER)),
    packetsGt: option('--packets-gt', decimal(Number.MAX_SAFE_INTEGER)),
    bytesEq: option('--bytes-eq', decimal(Number.MAX_SAFE_INTEGER)),
    bytesLt: option('--bytes-lt', decimal(Number.MAX_SAFE_INTEGER)),
    bytesGt: option('--bytes-gt', decimal(Number.MAX_SAFE_INTEGER)),
  },
  state: { state: option('--state', setOf(['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'])) },
  tcp: {
    sport,
    dport,
    tcpOption: option('--tcp-option', decimal(255)),
    tcpFlags: option('--tcp-flags', tcpFlags, alias(SYN, '--syn')),
  },
  tos: { tos: option('--tos', tos) },
  udp: { sport, dport },
} as const;

export const TARGETS = {
  ACCEPT: {},
  CONNMARK: {
    setXmark: option('--set-xmark', markToSet, MARK_FORMS),
    saveMark: option('--save-mark', flag),
    restoreMark: option('--restore-mark', flag),
    nfmask: option('--nfmask', wordMask),
    ctmask: option('--ctmask', wordMask),
    leftShift: option('--left-shift-mark', decimal(32)),
    rightShift: option('--right-shift-mark', decimal(32)),
    // never printed: it stands for both masks
    mask: option('--mask', wordMask),
  },
  CT: {
    notrack: option('--notrack', flag),
    helper: option('--helper', text),
    timeout: option('--timeout', text),
    ctevents: option('--ctevents', setOf(CONNTRACK_EVENTS)),
    expevents: option('--expevents', setOf(['new'])),
    zone: option('--zone', zone),
    zoneOrig: option('--zone-orig', zone),
    zoneReply: option('--zone-reply', zone),
  },
  DROP: {},
  DSCP: { setDscp: option('--set-dscp', dscp, alias(dscpClass, '--set-dscp-class')) },
  MARK: { setXmark: option('--set-xmark', markToSet, MARK_FORMS) },
  NETMAP: { to: option('--to', wholeNetwork) },
  RETURN: {},
  SET: {
    addSet: option('--add-set', setLookup),
    exist: option('--exist', flag),
    timeout: option('--timeout', decimal(WORD)),
    delSet: option('--del-set', setLookup),
    mapSet: option('--map-set', setLookup),
    mapMark: option('--map-mark', flag),
    mapPrio: option('--map-prio', flag),
    mapQueue: option('--map-queue', flag),
  },
  TOS: { setTos: option('--set-tos', tos, TOS_FORMS) },
} as const;
