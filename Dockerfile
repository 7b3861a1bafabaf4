# docker build -t seatrial .
# docker run --rm --init --user "$(id -u):$(id -g)" -v "$PWD:/trials" seatrial check experiments/mine.yaml
FROM python:3.13-slim AS build
ENV UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.8
WORKDIR /source
COPY . .
# Only what running needs; the lock's versions and hashes bind the build as well as what is installed.
RUN python -m venv --without-pip /opt/seatrial \
 && uv build --no-cache --python /opt/seatrial/bin/python --wheel --out-dir /wheel \
      --build-constraints requirements.lock --require-hashes . \
 && uv pip install --no-cache --python /opt/seatrial/bin/python --compile-bytecode \
      --constraints requirements.lock "$(ls /wheel/*.whl)[all]" \
 && find /opt/seatrial -type d -name tests -prune -exec rm -rf {} +

FROM python:3.13-slim
# Faults in a network are made with nft and tc, and looked at from inside pods.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends iproute2 nftables \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=build /opt/seatrial /opt/seatrial
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin seatrial \
 && mkdir /trials && chown seatrial /trials
ENV PATH="/opt/seatrial/bin:$PATH" PYTHONUNBUFFERED=1
USER 10001
# An experiment's folder is mounted here; runs/ is written beside it.
WORKDIR /trials
ENTRYPOINT ["seatrial"]
