// Compiled beside `recorded.ts`, which holds answers of the running API: a literal that has a member too
// many, too few or of another type is an error, and so is a line below that should be one and is not.
import type { Monitor } from './client';
import type { APIResponse, Meta, Pagination, RiskResult, RiskRule, RiskRuleListResponse } from './types';
import * as recorded from './recorded';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Holds<T extends true> = T;

// Every member that a type may have was seen in an answer, the optional ones included.
export type Seen = [
  Holds<Same<keyof typeof recorded.result, keyof RiskResult>>,
  Holds<Same<keyof typeof recorded.ruleWithPayload.data, keyof RiskRule>>,
  Holds<Same<keyof typeof recorded.rule.data, Exclude<keyof RiskRule, 'action_payload'>>>,
  Holds<Same<keyof typeof recorded.rule, keyof APIResponse<RiskRule>>>,
  Holds<Same<keyof typeof recorded.rule.meta, Exclude<keyof Meta, 'pagination'>>>,
  Holds<Same<keyof typeof recorded.middlePage.meta, keyof Meta>>,
  Holds<Same<keyof typeof recorded.middlePage.meta.pagination, keyof Pagination>>,
  Holds<Same<keyof typeof recorded.onlyPage.meta.pagination, 'has_next' | 'has_prev' | 'limit'>>,
  Holds<Same<keyof typeof recorded.monitor, keyof Monitor>>,
];

const result: RiskResult = recorded.result;
const rule: RiskRule = recorded.rule.data;
const page: RiskRuleListResponse = recorded.middlePage;

export const wrong = {
  // @ts-expect-error A member too many.
  extra: { ...result, level: 'LOW' } satisfies RiskResult,
  // @ts-expect-error A member too few.
  missing: { member_id: 1, tenant_id: 1, score: 1, decision: 'approve', reasons: [] } satisfies RiskResult,
  // @ts-expect-error A score is a number.
  score: { ...result, score: '85' } satisfies RiskResult,
  // @ts-expect-error The monitor's word is no decision.
  decision: { ...result, decision: 'auto_reject' } satisfies RiskResult,
  // @ts-expect-error A decision's word is no action.
  action: { ...rule, auto_action: 'auto-reject' } satisfies RiskRule,
  // @ts-expect-error A payload that is not set is not there.
  payload: { ...rule, action_payload: null } satisfies RiskRule,
  // @ts-expect-error The last page has no cursor rather than null.
  cursor: { has_next: false, has_prev: false, limit: 10, next_cursor: null } satisfies Pagination,
  // @ts-expect-error A cursor is a text.
  number: { has_next: true, has_prev: false, limit: 10, next_cursor: 5 } satisfies Pagination,
  // @ts-expect-error Errors hold lists.
  errors: { ...page, errors: { factor: 'x' } } satisfies RiskRuleListResponse,
};
