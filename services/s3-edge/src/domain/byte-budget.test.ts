import { describe, expect, test } from "vitest";
import { ByteBudget, type Grant } from "./byte-budget.ts";

const soonMs = 5;
const longMs = 60_000;

async function taken(budget: ByteBudget, least: number, wanted = least): Promise<Grant> {
  const grant = await budget.take({ least, wanted }, soonMs);
  if (!grant) throw new Error("no room");
  return grant;
}

describe("a byte budget", () => {
  test("gives what is wanted while there is plenty", async () => {
    const budget = new ByteBudget(1_000);
    expect((await taken(budget, 10, 250)).bytes).toBe(250);
    expect(budget.used).toBe(250);
  });

  test("gives smaller windows as it fills, but never less than the least", async () => {
    const budget = new ByteBudget(1_000);
    const windows: number[] = [];
    for (let i = 0; i < 8; i++) windows.push((await taken(budget, 50, 400)).bytes);
    expect(windows).toEqual([250, 187, 140, 105, 79, 59, 50, 50]);
    expect(budget.used).toBe(windows.reduce((a, b) => a + b));
  });

  test("counts what is there already beyond all room, and makes the next one wait for it", async () => {
    const budget = new ByteBudget(100);
    const held = budget.hold(150);
    expect(budget.used).toBe(150);
    const next = budget.take({ least: 60, wanted: 60 }, longMs);
    expect(await budget.take({ least: 1, wanted: 1 }, soonMs)).toBeUndefined();
    held.release();
    expect((await next)?.bytes).toBe(60);
  });

  test("makes the next one wait until there is room, in turn", async () => {
    const budget = new ByteBudget(100);
    const first = await taken(budget, 100);
    const order: string[] = [];
    const second = budget.take({ least: 60, wanted: 60 }, longMs).then((grant) => (order.push("second"), grant));
    const third = budget.take({ least: 10, wanted: 10 }, longMs).then((grant) => (order.push("third"), grant));
    first.release();
    expect((await second)?.bytes).toBe(60);
    expect((await third)?.bytes).toBe(10);
    expect(order).toEqual(["second", "third"]);
    expect(budget.used).toBe(70);
  });

  test("lets nobody overtake who waits, so that large transfers are not starved by small ones", async () => {
    const budget = new ByteBudget(100);
    const first = await taken(budget, 50);
    const large = budget.take({ least: 80, wanted: 80 }, longMs);
    expect(await budget.take({ least: 10, wanted: 10 }, soonMs)).toBeUndefined();
    first.release();
    expect((await large)?.bytes).toBe(80);
  });

  test("answers undefined when no room was made in time, and lets those behind go on", async () => {
    const budget = new ByteBudget(100);
    const held = await taken(budget, 50);
    const large = budget.take({ least: 80, wanted: 80 }, soonMs);
    const small = budget.take({ least: 50, wanted: 50 }, longMs);
    expect(await large).toBeUndefined();
    expect((await small)?.bytes).toBe(50);
    held.release();
    expect(budget.used).toBe(50);
  });

  test("takes a grant back once, however often it is released", async () => {
    const budget = new ByteBudget(100);
    const grant = await taken(budget, 30);
    grant.release();
    grant.release();
    expect(budget.used).toBe(0);
  });

  test("grants what is larger than itself as a whole, alone", async () => {
    const budget = new ByteBudget(100);
    const grant = await taken(budget, 1_000);
    expect(grant.bytes).toBe(100);
    expect(await budget.take({ least: 1, wanted: 1 }, soonMs)).toBeUndefined();
    grant.release();
    expect(budget.used).toBe(0);
  });

  test("gives nothing to those who want nothing, at once", async () => {
    const budget = new ByteBudget(100);
    await taken(budget, 100);
    expect((await taken(budget, 0)).bytes).toBe(0);
  });
});
