import { RabbitSubscribe } from "@golevelup/nestjs-rabbitmq";
import { Injectable, OnModuleDestroy } from "@nestjs/common";
import { Pool } from "pg";

interface FillEvent {
  id: string;
  data: { account_id: number; symbol: string; notional: string };
}

const NOTE = {
  name: "note",
  text: "INSERT INTO tally_note (event_id, account_id, symbol, notional) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
};

/** Writes down each fill it hears of, in a transaction of its own, and acknowledges after the commit. */
@Injectable()
export class FillsService implements OnModuleDestroy {
  private readonly pool = new Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL) });

  @RabbitSubscribe({
    queue: process.env.QUEUE,
    createQueueIfNotExists: false,
    queueOptions: { consumerOptions: { consumerTag: "nestjs" } },
  })
  async noteFill(event: FillEvent): Promise<void> {
    const { account_id, symbol, notional } = event.data;
    await this.pool.query({ ...NOTE, values: [event.id, account_id, symbol, notional] });
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.end();
  }
}
