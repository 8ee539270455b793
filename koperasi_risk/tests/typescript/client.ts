// A front end's client, written from the types: bare scores, enveloped rules, refusals in the envelope.
import type {
  APIResponse,
  Meta,
  RiskResult,
  RiskRule,
  RiskRuleListResponse,
  RuleRequest,
} from './types';

// What stands beyond the guide: the status in refusals, the loan check, the keys of the monitor.
export type ErrorResponse = Omit<APIResponse<never>, 'meta'> & {
  meta: Meta & { status_code: number };
};
export type Monitor = Record<'approve' | 'manual_review' | 'auto_reject', number>;
export type LoanCheckRequest = {
  member_id: number;
  amount: number;
  tenor_months: number;
  monthly_instalment?: number;
};
export type Session = {
  token: () => string;
  tenantId: number;
  // Gets a new token without a word to the user; false where the user has to sign in again.
  refresh: () => Promise<boolean>;
  logout: () => void;
};

const TRIES_WHEN_BUSY = 3;

export class Refused extends Error {
  constructor(readonly response: ErrorResponse) {
    super(response.message);
  }

  get status(): number {
    return this.response.meta.status_code;
  }

  // As toasts show it.
  get details(): string {
    return Object.entries(this.response.errors ?? {})
      .map(([field, texts]) => `${field}: ${texts.join(', ')}`)
      .join('; ');
  }
}

export class RiskClient {
  constructor(
    private readonly address: string,
    private readonly session: Session,
  ) {}

  score(member_id: number): Promise<RiskResult> {
    return this.call('POST', 'score', { member_id });
  }

  // The latest result, or a new one where there is none yet.
  async result(member_id: number): Promise<RiskResult> {
    try {
      return await this.call<RiskResult>('GET', `result/${member_id}`);
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return this.score(member_id);
      throw error;
    }
  }

  monitor(): Promise<Monitor> {
    return this.call('GET', 'monitor');
  }

  loanCheck(request: LoanCheckRequest): Promise<RiskResult> {
    return this.call('POST', 'loan-check', request);
  }

  rules(cursor = '', limit = 10, term = ''): Promise<RiskRuleListResponse> {
    const query = new URLSearchParams({ term, factor: '', threshold: '', limit: `${limit}`, cursor });
    return this.call('GET', `config?${query}`);
  }

  // Every rule, page by page, for as long as there is a next cursor.
  async *allRules(limit = 10): AsyncGenerator<RiskRule> {
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const page: RiskRuleListResponse = await this.rules(cursor, limit);
      yield* page.data ?? [];
      cursor = page.meta.pagination?.next_cursor;
    }
  }

  save(rule: RuleRequest): Promise<APIResponse<RiskRule>> {
    return this.call('POST', 'config', rule);
  }

  remove(id: number): Promise<APIResponse<null>> {
    return this.call('DELETE', `config/${id}`);
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    let response = await this.send(method, path, body);
    if (response.status === 401 && (await this.session.refresh())) {
      response = await this.send(method, path, body);
    }
    for (let tries = 1; response.status === 429 && tries < TRIES_WHEN_BUSY; tries += 1) {
      await seconds(Number(response.headers.get('Retry-After') ?? '1'));
      response = await this.send(method, path, body);
    }
    if (response.status === 401) this.session.logout();
    if (!response.ok) throw new Refused((await response.json()) as ErrorResponse);
    return (await response.json()) as T;
  }

  private send(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${this.session.token()}`,
      'X-Tenant-ID': `${this.session.tenantId}`,
      Accept: 'application/json',
    };
    if (body === undefined) return fetch(this.at(path), { method, headers });
    headers['Content-Type'] = 'application/json';
    return fetch(this.at(path), { method, headers, body: JSON.stringify(body) });
  }

  private at(path: string): string {
    return `${this.address}/api/koperasi/risk/${path}`;
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
