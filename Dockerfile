# syntax=docker/dockerfile:1
# quoth in a container: docs/deploying.md says how to use it.

FROM python:3.11-slim AS build
# Where torch's build without CUDA comes from: 0.2 GB in place of several.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/quoth
# First what seldom changes: the libraries, pinned, in a layer of their own.
COPY pyproject.toml requirements.lock ./
RUN /opt/quoth/bin/pip install --no-deps --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.lock)"
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > needed.txt \
    && /opt/quoth/bin/pip install -c requirements.lock -r needed.txt
COPY README.md LICENSE ./
COPY src src
RUN /opt/quoth/bin/pip install --no-deps .
# The models as the processor wants them, so that the container need not write them.
RUN XDG_CACHE_HOME=/opt/quoth/cache /opt/quoth/bin/python -c "import quoth; quoth.Reader()" \
    && chmod -R a+rX /opt/quoth/cache

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp quoth \
    && install -d -o quoth -g quoth -m 0700 /data
COPY --from=build /opt/quoth /opt/quoth
# All that it writes lies in /data and /tmp, so the rest may be read-only.
ENV PATH=/opt/quoth/bin:$PATH XDG_CACHE_HOME=/opt/quoth/cache MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1
USER quoth
WORKDIR /data
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as it; it.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
ENTRYPOINT ["quoth"]
CMD ["serve", "--host", "0.0.0.0", "--auth", "/data/accounts"]
