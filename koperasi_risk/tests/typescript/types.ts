// The types of the integration guide for front ends, word for word.
export type Rfc3339String = string;

export type Pagination = {
  next_cursor?: string;
  prev_cursor?: string;
  has_next: boolean;
  has_prev: boolean;
  limit: number;
};

export type Meta = {
  request_id: string;
  timestamp: Rfc3339String;
  pagination?: Pagination;
};

export type APIResponse<T> = {
  success: boolean;
  message: string;
  data: T | null;
  meta: Meta;
  errors: Record<string, string[]> | null;
};

export type RiskResult = {
  member_id: number;
  tenant_id: number;
  score: number;
  decision: 'approve' | 'manual_review' | 'auto-reject';
  reasons: string[];
  computed_at: Rfc3339String;
};

export type RiskRule = {
  id: number;
  tenant_id: number;
  factor: string;
  weight: number;
  threshold: number;
  risk_category: string;
  auto_action: 'approve' | 'manual_review' | 'reject';
  action_payload?: Record<string, unknown>;
  created_at: Rfc3339String;
};

export type ScoreRequest = {
  member_id: number;
};

export type RuleRequest = {
  id?: number;
  factor: string;
  weight: number;
  threshold: number;
  risk_category: string;
  auto_action: 'approve' | 'manual_review' | 'reject';
  action_payload?: Record<string, unknown>;
};

export type RiskRuleListResponse = APIResponse<RiskRule[]>;
