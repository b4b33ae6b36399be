// Only the parts of ECharts that the pages use.
import { BarChart, LineChart, ScatterChart, TreeChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, ScatterChart, TreeChart, AriaComponent, GridComponent, TooltipComponent, CanvasRenderer]);
globalThis.echarts = { init };
