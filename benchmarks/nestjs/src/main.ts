import "reflect-metadata";
import { RabbitMQModule } from "@golevelup/nestjs-rabbitmq";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FillsService } from "./fills.service";

@Module({
  imports: [
    RabbitMQModule.forRoot({
      uri: process.env.RABBITMQ_URL as string,
      prefetchCount: Number(process.env.PREFETCH),
      connectionInitOptions: { wait: true, timeout: 20_000 },
    }),
  ],
  providers: [FillsService],
})
class FillsModule {}

async function main(): Promise<void> {
  const application = await NestFactory.createApplicationContext(FillsModule, { logger: ["error", "warn"] });
  application.enableShutdownHooks();
}

void main();
