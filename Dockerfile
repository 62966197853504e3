# The image of all controllers and of the `penstock` command.
#
#   docker build --tag penstock:v0.1.0 .
#   docker run --rm penstock:v0.1.0 controllers --help

FROM python:3.11-slim AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements-image.lock /
# Nothing but what the lock file names (all extras too), by its digest, and nothing that runs code to be built.
RUN /venv/bin/pip install --require-hashes --only-binary :all: --requirement /requirements-image.lock \
    # The wheel holds Helm's library three times; the one that is loaded stays.
    && rm /venv/lib/python3.11/site-packages/helm_python/lib/libhelm_c.so \
       /venv/lib/python3.11/site-packages/helm_python/lib/libhelm_c.so.0 \
    && /venv/bin/python -m compileall -q /venv/lib

FROM golang:1.26 AS helper
WORKDIR /helper
COPY helm_controller/helper ./
# Nothing but what go.sum names, by its digest. Static: it runs in any image.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -mod=readonly -ldflags "-s -w" -o /penstock-helm .

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Penstock" \
      org.opencontainers.image.description="A GitOps toolkit that serves Flux's APIs" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=dependencies /venv /venv
# What renders charts, where --helm-engine does not ask for the library.
COPY --from=helper /penstock-helm /usr/local/bin/penstock-helm
WORKDIR /app
COPY LICENSE ./
COPY shared shared
COPY kustomize kustomize
COPY source_controller source_controller
COPY kustomize_controller kustomize_controller
COPY helm_controller helm_controller
COPY apiserver apiserver
COPY controllers controllers
COPY cli cli
COPY deploy deploy
# The root filesystem is read-only where this runs: nothing can be compiled then.
RUN /venv/bin/python -m compileall -q /app
ENV PATH=/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2
USER 65534:65534
EXPOSE 9090 8080 9440
ENTRYPOINT ["python", "-m"]
CMD ["controllers", "source", "kustomize", "--storage-path=/tmp/artifacts"]
