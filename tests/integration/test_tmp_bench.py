import time
from tests.integration.test_slurm_provider import bench
def test_b(bench):
    starts=[bench.a_start(f"p{n}", "true") for n in range(500)]
    t=time.monotonic(); tickets=bench.submit(*starts); a=time.monotonic(); bench.provider.confirm(tickets); b=time.monotonic()
    bench.provider.poll(tickets); c=time.monotonic(); bench.provider.cancel(tickets); d=time.monotonic()
    print("start %.2f confirm %.2f poll %.2f cancel %.2f" % (a-t,b-a,c-b,d-c))
