import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { sourceOf } from '../src/cli/source-file.ts';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { diagnosticJson } from '../src/diagnostics/diagnostic.ts';
import { frameDiagnostic } from '../src/diagnostics/frame.ts';
import type { Source } from '../src/diagnostics/source.ts';
import type { Packet } from '../src/domain/packet.ts';
import { toPacket } from '../src/domain/packet-text.ts';
import { parseFlows } from '../src/flows/parse.ts';
import { parseIpRules, printIpRule } from '../src/host/ip-rule.ts';
import { parseLink } from '../src/host/link.ts';
import { parseTable } from '../src/host/parse.ts';
import { parseRoutes } from '../src/host/route.ts';
import { emptyHost, onKernel, TABLE_NAMES } from '../src/host/state.ts';
import { parseSysctls } from '../src/host/sysctl.ts';
import { canonicalRule, sameRule } from '../src/iptables/compare.ts';
import { parseSave } from '../src/iptables/parse-save.ts';
import { printRule } from '../src/iptables/print-rule.ts';
import { printSave } from '../src/iptables/print-save.ts';
import { UnwritableLine } from '../src/iptables/restore.ts';
import { printTable } from '../src/iptables/table.ts';
import { splitWords } from '../src/iptables/words.ts';
import { compilePolicy, diffPolicy, readPolicy } from '../src/pipeline.ts';
import { checkStatus } from '../src/plan/checks/status.ts';
import { parsePlutoStatus } from '../src/plan/pluto-status.ts';
import { finderIn, tableOfStatus } from '../src/plan/saref-table.ts';
import { assuming, NO_ACCOUNTS } from '../src/policy/accounts.ts';
import { parseSarefMap } from '../src/policy/saref-map.ts';
import { trace } from '../src/trace/trace.ts';
import { parseIpsecConf, settingOf } from '../src/verify/ipsec-conf.ts';
import { parseOwnAddresses, parseOwnNetworks } from '../src/verify/own-addresses.ts';
import { ROOT } from '../test/support/bin.ts';
import { compiledOf } from '../test/support/compiled.ts';
import { anyPolicy } from '../test/support/policies.ts';
import { anyRule, mangleDump } from '../test/support/rules.ts';
import { anyStyle, anyTable, printStatus } from '../test/support/status.ts';
import { printPolicy } from '../test/support/written.ts';
import type { Target } from './fuzz.ts';

const FIXTURES = join(ROOT, 'fixtures');

const RULE_WORDS = words(
  '-A PREROUTING,-A SAREF-ENTRIES ,:SAREF-X - [0:0]\n,COMMIT\n,*mangle\n,*nat\n,*raw\n,[0:0] ,-m ,-j ,-g , ! ,-p udp,-s 10.0.0.0/8,-m mark --mark 0x1/0xff,--set-xmark ,MARK,CONNMARK,--restore-mark,comment --comment ","\\"",conntrack --ctstate NEW,-j SAREF-X,-j PREROUTING,-j IPSEC,SET --map-set x src,"\n,18446744073709551615,0xffffffff,NPT,TPROXY,-m set ! --match-set ',
);

const PACKET: Packet = {
  ...{ hook: 'PREROUTING', inInterface: 'eth1', src: 0x0a090101, dst: 0xc0a80001, protocol: 17 },
  ...{ sport: 4000, dport: 53, srcIsLocal: false, dstIsLocal: false, nfmark: 0, ctmark: 0 },
};

/** Everything that reads what others wrote, from the bytes on. */
export const TARGETS: Readonly<Record<string, () => Target>> = {
  policy: () => ({
    read: readPolicyBytes,
    seeds: [
      ...files(join(ROOT, 'policies')),
      ...files(join(FIXTURES, 'policies', 'invalid'), '.yaml'),
      ...samples(anyPolicy().map((policy) => printPolicy(policy))),
      ...found('policy'),
    ],
    words: words(
      'version: 1\n,entries:,  - conn: ,dst: ,src: ,10.0.0.0/8,proto: udp,dport: 1000-1999,in: eth1,user: ,group: ,cgroup: ,alias: ,protect: ,networks: ,defaults: ,sarefs: ,pluto,refhim: 18,ref: 17,mast: ,table: 50,ike-ports: [,tracking: flow,replies: tunnel,down: skip,dscp: af31,description: |,&a ,*a,<<: ,!!str ,---\n,...\n,%YAML 1.1\n,null,true,0x10,1e400,.inf,-0,32768,4294967296,__proto__: ,constructor: ,"\\0","\\ud800","\\u2028",? ,- ,{,},[,],>-\n,\ufeff,\u0085,\u2028',
    ),
  }),
  sarefs: () => ({
    read: readSarefs,
    seeds: [...texts('a: 1\n', 'a: { refhim: 18, ref: 17 }\nb: down\n', '{}\n'), ...found('sarefs')],
    words: words('a: ,refhim: ,ref: ,down,32768,0,-1,1.5,{,},null,"\\ud800": ,__proto__: ,? ,&a ,*a'),
  }),
  iptables: () => ({
    read: readRules,
    seeds: [
      ...[...files(join(FIXTURES, 'save')), ...files(join(FIXTURES, 'iptables'))].flatMap(pieces),
      ...found('iptables'),
    ],
    words: RULE_WORDS,
  }),
  live: () => ({
    read: readLive,
    seeds: [
      ...samples(anyPolicy().map((policy) => printTable(compiledOf(printPolicy(policy)).host.tables.mangle))),
      ...samples(anyRule().map((rule) => mangleDump([printRule(rule)]))),
      ...found('live'),
    ],
    words: RULE_WORDS,
  }),
  status: () => ({
    read: readStatus,
    seeds: [
      ...files(join(FIXTURES, 'status')),
      ...samples(fc.tuple(anyTable, anyStyle).map(([rows, style]) => printStatus(rows, style))),
      ...found('status'),
    ],
    words: words(
      '000 ,#1: ,"a",[1],: , esp.1@10.0.0.1, ref=1, refhim=2, tun.0@10.0.0.1,...,===, used 3s ago;,; newest IPSEC,; eroute owner,using kernel interface: mast,whack: ,4294967295,4294901761',
    ),
  }),
  routing: () => ({
    read: readRouting,
    seeds: [
      ...texts(
        '0:\tfrom all lookup local\n32765:\tfrom all fwmark 0x80000000/0x80000000 lookup 50\n32766:\tfrom all lookup main\n',
        'default dev mast0 scope link linkdown\nunreachable default metric 4294967295\n',
        '5: mast0: <NOARP,UP,LOWER_UP> mtu 1500 qdisc noop state UP mode DEFAULT group default qlen 10\\    link/none\n',
        '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n5: eth1    inet 10.9.1.1/24 scope global eth1\n',
        'net.ipv4.conf.all.rp_filter = 2\nnet.ipv4.conf.mast0/1.src_valid_mark = 0\n',
      ),
      ...found('routing'),
    ],
    words: words(
      'from ,fwmark ,0x80000000/0x80000000,lookup 50,unreachable,[detached],iif mast0,default,dev ,inet ,/33,256.1.1.1,metric ,proto static, = ,<,>,UP',
    ),
  }),
  flows: () => ({
    read: readFlows,
    seeds: [
      ...texts(
        'udp      17 29 src=10.9.1.1 dst=192.168.0.1 sport=4000 dport=53 [UNREPLIED] src=192.168.0.1 dst=10.9.1.1 sport=53 dport=4000 mark=2148663296 use=1\n',
        'ipv4     2 tcp      6 431999 ESTABLISHED src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 zone-orig=3 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1 [ASSURED] mark=0 use=2\nunknown  253 599 src=1.2.3.4 dst=5.6.7.8 src=5.6.7.8 dst=1.2.3.4 mark=1 use=1\n',
      ),
      ...found('flows'),
    ],
    words: words(
      'src=,dst=,sport=,dport=,mark=,zone-orig=,4294967296,udp      17 ,icmp     1 , type=8 code=0 id=1, [UNREPLIED]',
    ),
  }),
  'ipsec.conf': () => ({
    read: readConf,
    seeds: [
      ...texts(
        'config setup\n\tprotostack=mast\nconn %default\n\tsareftrack=yes\nconn a\n\talso=b\nconn b\n\talso="a"\n\tsareftrack = conntrack # here\n',
      ),
      ...found('ipsec.conf'),
    ],
    words: words('conn ,also=,%default,sareftrack=,"yes",#,include ,\n\t'),
  }),
  packet: () => ({
    read: readPacket,
    seeds: [
      ...texts(
        'udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1 mark 0x80120000 ctmark 1 direction reply dscp af31',
        'esp 1.2.3.4 -> 5.6.7.8 user 0 cgroup a/b',
      ),
      ...found('packet'),
    ],
    words: words(
      ' -> , in ,:53,:1-2, mark ,0xffffffff, ctmark , direction ,original, user , group , cgroup ,__proto__,toString',
    ),
  }),
};

function readPolicyBytes(bytes: Uint8Array): void {
  const { source, diagnostics } = sourceOf('policy.yaml', Buffer.from(bytes));
  told(diagnostics);
  if (source === undefined) return;
  const reading = readPolicy(source, assuming(NO_ACCOUNTS));
  const { compiled, diagnostics: problems } = compilePolicy(reading);
  told(problems);
  // what is compiled can be written: the printer of scripts throws for what cannot
  if (compiled !== undefined) diffPolicy(compiled, emptyHost(compiled.host));
}

function readSarefs(bytes: Uint8Array): void {
  const { source, diagnostics } = sourceOf('sarefs.yaml', Buffer.from(bytes));
  told(diagnostics);
  if (source !== undefined) told(parseSarefMap(source).diagnostics);
}

/** More of one input would only make it slow. */
const MOST_RULES = 20;

function readRules(bytes: Uint8Array): void {
  const source = latin1(bytes, 'iptables-save');
  const { save, diagnostics } = parseSave(source.text, source.name);
  told(diagnostics);
  assert.equal(printSave(save), source.text);
  const rules = save.lines.flatMap((line) => (line.kind === 'rule' ? [line.rule] : [])).slice(0, MOST_RULES);
  for (const rule of rules) {
    const text = printRule(rule);
    const canonical = canonicalRule(text);
    assert.equal(canonicalRule(canonical), canonical);
    assert.ok(sameRule(text, text, { family: 'ipv4', table: 'mangle' }));
    splitWords(text);
  }
}

const SITE = compiledOf(readFileSync(join(ROOT, 'policies', 'site.yaml'), 'utf8'));

/** A dump as the state of a host: what `apply` would do there, and which way a packet would go. */
function readLive(bytes: Uint8Array): void {
  const source = latin1(bytes, 'iptables-save');
  for (const name of TABLE_NAMES) {
    const { table, diagnostics } = parseTable(name, source);
    told(diagnostics);
    if (table === undefined) continue;
    const live = onKernel({ ...SITE.host, tables: { ...SITE.host.tables, [name]: table } });
    trace(live, PACKET);
    try {
      diffPolicy(SITE, live);
    } catch (error) {
      // what others call a chain may be nothing that iptables-restore takes: that has a diagnostic
      if (!(error instanceof UnwritableLine)) throw error;
    }
  }
}

function readStatus(bytes: Uint8Array): void {
  const status = parsePlutoStatus(latin1(bytes, 'ipsec auto --status'));
  told([...status.diagnostics, ...checkStatus(status)]);
  const find = finderIn(tableOfStatus(status));
  for (const { conn } of status.conns) assert.ok(find(conn.value).isKnown, conn.value);
}

function readRouting(bytes: Uint8Array): void {
  const { text } = latin1(bytes, 'ip');
  const rules = parseIpRules(text);
  if (rules !== undefined) assert.deepEqual(parseIpRules(rules.map(printIpRule).join('\n')), rules);
  const routes = parseRoutes(text);
  assert.deepEqual(parseRoutes(routes.map(({ words: route }) => route).join('\n')), routes);
  parseLink('mast0', text);
  parseSysctls(text);
  parseOwnAddresses(text);
  parseOwnNetworks(text);
}

function readFlows(bytes: Uint8Array): void {
  const { text } = latin1(bytes, 'conntrack');
  const { flows, unread } = parseFlows(text);
  assert.equal(flows.length + unread.length, text.split('\n').filter((line) => line.trim() !== '').length);
}

function readConf(bytes: Uint8Array): void {
  const sections = parseIpsecConf(latin1(bytes, 'ipsec.conf'));
  for (const { name } of sections.slice(0, MOST_RULES)) settingOf(sections, name, 'sareftrack');
}

function readPacket(bytes: Uint8Array): void {
  const reading = toPacket(Buffer.from(bytes).toString(), [0x0a090104]);
  if (reading.kind === 'packet') assert.ok(reading.packet.nfmark >= 0 && reading.packet.nfmark <= 0xffffffff);
}

/** Each is shown in both of its forms, and every place is one of the text. */
function told(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    frameDiagnostic(diagnostic);
    diagnosticJson(diagnostic);
    for (const { span } of diagnostic.labels) {
      const { start, end, source } = span;
      assert.ok(
        start >= 0 && start <= end && end <= source.text.length,
        `${diagnostic.code} ${String(start)}-${String(end)}`,
      );
    }
  }
}

function latin1(bytes: Uint8Array, name: string): Source {
  return { name, text: Buffer.from(bytes).toString('latin1') };
}

function files(folder: string, ending = ''): Uint8Array[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => Uint8Array.from(readFileSync(join(folder, name))));
}

/** A few lines each: of a large input a change reaches little, and all of it has to be read. */
function pieces(bytes: Uint8Array): Uint8Array[] {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split(/(?<=\n)/);
  const count = Math.ceil(lines.length / LINES);
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(lines.slice(LINES * index, LINES * (index + 1)).join(''), 'latin1'),
  );
}

const LINES = 8;

/** What has failed once, and must not again. */
function found(target: string): Uint8Array[] {
  return files(join(FIXTURES, 'fuzz'), `.${target}`);
}

/** Generated with a fixed seed, so that a run depends on its own seed alone. */
function samples(texts: fc.Arbitrary<string>): Uint8Array[] {
  return fc.sample(texts, { numRuns: 60, seed: 1 }).map(encoded);
}

function texts(...list: readonly string[]): Uint8Array[] {
  return list.map(encoded);
}

function words(list: string): Uint8Array[] {
  return list.split(',').map(encoded);
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
