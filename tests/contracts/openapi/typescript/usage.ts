// A page of a frontend: log in, read signals, follow a strategy.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Signal = components["schemas"]["Signal"];

const client = createClient<paths>({ baseUrl: "https://api.example.com" });

export async function logIn(email: string, password: string): Promise<string | undefined> {
  const { data, error } = await client.POST("/api/v1/auth/app/v1/auth/login", { body: { email, password } });
  return error ? undefined : data.meta.access_token;
}

export async function latest(symbol: string, token: string): Promise<string[]> {
  const headers = { Authorization: `Bearer ${token}` };
  const { data } = await client.GET("/api/v1/signals", { params: { query: { symbol } }, headers });
  return (data?.results ?? []).map((signal: Signal) => `${signal.type} at ${signal.price}: ${signal.analysis}`);
}

export async function follow(account: number, strategy: number, token: string): Promise<number> {
  const { data, error } = await client.POST("/api/v1/follows", {
    headers: { Authorization: `Bearer ${token}` },
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { account_id: account, strategy_id: strategy, sizing: "fixed_notional", sizing_value: "1000" },
  });
  if (error) throw new Error(error.detail);
  return data.id;
}
