// What a front end does, done by the client in Node against a running copy; says how it went in JSON.
import { Refused, RiskClient } from './client';

const [address, tokens, tenant, member] = process.argv.slice(2) as [string, string, string, string];
const [stale, fresh] = tokens.split(',') as [string, string];
let token = stale;
let refreshes = 0;
const client = new RiskClient(address, {
  token: () => token,
  tenantId: Number(tenant),
  refresh: async () => {
    refreshes += 1;
    token = fresh;
    return true;
  },
  logout: () => {
    throw new Error('signed out');
  },
});

async function refusal(call: Promise<unknown>): Promise<[number, string]> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Refused) return [error.status, error.details];
    throw error;
  }
  throw new Error('was not refused');
}

async function tour(): Promise<object> {
  const factors = ['tenor', 'usia', 'agunan'];
  const base = { weight: 0.4, threshold: 3, risk_category: 'sedang', auto_action: 'reject' } as const;
  const rules = [];
  for (const factor of factors) rules.push((await client.save({ factor, ...base })).data);
  const taken = await refusal(client.save({ factor: 'TENOR', ...base }));
  const listed = [];
  for await (const rule of client.allRules(2)) listed.push(rule.factor);
  const removed = await client.remove(rules[0]?.id ?? 0);
  const result = await client.result(Number(member));
  return {
    refreshes,
    listed,
    taken,
    removed: removed.data,
    gone: (await refusal(client.remove(rules[0]?.id ?? 0)))[0],
    result,
    again: await client.result(Number(member)),
    monitor: await client.monitor(),
  };
}

tour().then((told) => console.log(JSON.stringify(told)));
